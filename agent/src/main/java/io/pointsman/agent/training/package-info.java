/**
 * The run that records the launcher's class cache: {@link io.pointsman.agent.training.Training} does once, in one process, what
 * an agent does at its start.
 */
@NullMarked
package io.pointsman.agent.training;

import org.jspecify.annotations.NullMarked;
