/**
 * Tests that every backend must pass, with real packets in a lab of network namespaces: extend {@link
 * io.pointsman.testkit.contract.BackendContract} in your tests.
 */
@NullMarked
package io.pointsman.testkit.contract;

import org.jspecify.annotations.NullMarked;
