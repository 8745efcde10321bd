/** An operator's view: the status page, problems with their place, and metrics. */
package io.pointsman.agent.status;
