/** The page for people on the metrics port: what it shows comes from the same answers as the commands that look. */
package io.pointsman.agent.dashboard;
