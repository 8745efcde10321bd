/** What all ways from Kubernetes objects to the service model share: limits, quoting, and what can't be read or is refused. */
@NullMarked
package io.pointsman.kubernetes;

import org.jspecify.annotations.NullMarked;
