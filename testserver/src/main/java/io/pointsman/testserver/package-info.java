/** An API server for tests and the lab: scripted, in memory, over real sockets. */
@NullMarked
package io.pointsman.testserver;

import org.jspecify.annotations.NullMarked;
