/** JSON as the command line and the status page write it. */
package io.pointsman.agent.json;
