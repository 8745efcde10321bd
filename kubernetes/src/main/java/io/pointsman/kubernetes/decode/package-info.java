/**
 * Decoders from trees to the service model, and the writer back: each kind of object, field by field, with reasons for
 * refusals.
 */
@NullMarked
package io.pointsman.kubernetes.decode;

import org.jspecify.annotations.NullMarked;
