/**
 * Data that commands and the dashboard show: Services with their figures, plans and the differences between two,
 * connections, and those that the engine would not have allowed; as records, JSON and sentences.
 */
package io.pointsman.agent.look;
