/** Manifests in files and folders: found, parsed, merged, watched. */
@NullMarked
package io.pointsman.kubernetes.files;

import org.jspecify.annotations.NullMarked;
