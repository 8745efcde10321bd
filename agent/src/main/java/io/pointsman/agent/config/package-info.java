/**
 * The settings: each is declared once, in {@code Setting}, and read from the command line, a file of our own or kube-proxy's
 * configuration.
 */
package io.pointsman.agent.config;
