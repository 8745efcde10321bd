/** Objects from a Kubernetes API server: configuration, connection, the loops that list and watch, the state they lead to. */
@NullMarked
package io.pointsman.kubernetes.cluster;

import org.jspecify.annotations.NullMarked;
