/** Discovery of backends by {@code ServiceLoader}, and the choice of the one that the mode names or {@code auto} picks. */
package io.pointsman.agent.backend;
