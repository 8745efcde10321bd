/** The kernel held against the engine, while the agent runs: what the kernel decided of connections is decided again, dry. */
@NullMarked
package io.pointsman.agent.audit;

import org.jspecify.annotations.NullMarked;
