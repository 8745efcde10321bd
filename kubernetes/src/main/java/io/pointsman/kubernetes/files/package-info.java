/** Manifests in files and folders: found, parsed, merged, watched. Problems carry file and line. */
@NullMarked
package io.pointsman.kubernetes.files;

import org.jspecify.annotations.NullMarked;
