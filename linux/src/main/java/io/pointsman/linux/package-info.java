/** What every part of the door to the kernel shares: error numbers, capabilities, sysctls. */
package io.pointsman.linux;
