/** Kubernetes objects, as manifests and clients carry them, to the service model. */
@NullMarked
package io.pointsman.kubernetes;

import org.jspecify.annotations.NullMarked;
