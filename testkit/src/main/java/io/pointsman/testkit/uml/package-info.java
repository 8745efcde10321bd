/**
 * Runs tests on another kernel than the machine's own: User Mode Linux, booted on the machine's own file system for the
 * duration of the tests. Files that they write are discarded with it.
 */
@NullMarked
package io.pointsman.testkit.uml;

import org.jspecify.annotations.NullMarked;
