/** Source of objects from a Kubernetes API server: configuration, connection, list and watch loops, resulting state. */
@NullMarked
package io.pointsman.kubernetes.cluster;

import org.jspecify.annotations.NullMarked;
