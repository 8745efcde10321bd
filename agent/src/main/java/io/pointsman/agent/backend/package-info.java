/** Which backends there are, by {@code ServiceLoader}, and which one the mode names or {@code auto} picks. */
package io.pointsman.agent.backend;
