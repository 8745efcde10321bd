/**
 * Programs of the host: run to their end, and waited for when an earlier run of ours did not live to see it; and whether a host
 * takes a kind of rule.
 */
package io.pointsman.linux.program;
