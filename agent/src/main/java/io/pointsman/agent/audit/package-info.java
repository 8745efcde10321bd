/** The audit of a running agent: the engine decides the kernel's connections again, without effect, and compares. */
@NullMarked
package io.pointsman.agent.audit;

import org.jspecify.annotations.NullMarked;
