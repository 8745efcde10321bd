/** JSON and YAML as text, for commands and pages. */
package io.pointsman.agent.json;
