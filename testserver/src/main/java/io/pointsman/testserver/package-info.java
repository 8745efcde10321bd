/** A scripted API server for tests, the lab and benchmarks: in memory, over real sockets. */
@NullMarked
package io.pointsman.testserver;

import org.jspecify.annotations.NullMarked;
