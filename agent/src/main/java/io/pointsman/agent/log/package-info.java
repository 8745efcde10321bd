/** The log, which quotes text from outside, so that it can't forge a line. */
package io.pointsman.agent.log;
