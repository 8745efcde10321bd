/**
 * The settings, each declared once in {@code Setting}, and read from the command line, a configuration file or
 * kube-proxy's configuration.
 */
package io.pointsman.agent.config;
