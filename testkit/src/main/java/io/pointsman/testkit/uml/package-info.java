/**
 * Runs tests on another kernel than the machine's own: User Mode Linux, booted on the machine's own file system for the
 * time of the tests. What they write there is gone with it.
 */
@NullMarked
package io.pointsman.testkit.uml;

import org.jspecify.annotations.NullMarked;
