/**
 * What a backend implements. A {@code BackendProvider} is found by {@code ServiceLoader}, says what it can do here and opens a
 * {@code Backend}, which keeps plans in force, audits them and reports what it could not carry out.
 */
package io.pointsman.spi;
