/**
 * Interfaces that a backend implements. A {@code BackendProvider} is found by {@code ServiceLoader}, states its capabilities
 * on this host and opens a {@code Backend}, which keeps plans in force, audits them and reports what it could not carry out.
 */
package io.pointsman.spi;
