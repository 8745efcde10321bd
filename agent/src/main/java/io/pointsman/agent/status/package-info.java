/** What an operator sees: the status page, problems with where they come from and since when, and metrics. */
package io.pointsman.agent.status;
