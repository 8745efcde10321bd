/** Trees to the service model and back: each kind of object, field by field, with a reason for what is refused. */
@NullMarked
package io.pointsman.kubernetes.decode;

import org.jspecify.annotations.NullMarked;
