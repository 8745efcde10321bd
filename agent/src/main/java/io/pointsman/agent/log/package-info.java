/** The log: what comes from outside is quoted, so that it can make no line of its own. */
package io.pointsman.agent.log;
