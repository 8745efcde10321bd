/** Programs of the host: run to their end, and waited for when an earlier run of ours did not live to see it. */
package io.pointsman.linux.program;
