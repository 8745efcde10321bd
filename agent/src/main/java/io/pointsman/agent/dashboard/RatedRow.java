package io.pointsman.agent.dashboard;

import com.fasterxml.jackson.core.JsonGenerator;
import io.pointsman.agent.look.ServiceRow;
import java.io.IOException;
import java.util.OptionalDouble;

/**
 * A service port with the rates of its totals.
 *
 * @param connectionsPerSecond empty if not counted, or counted only once
 * @param bytesPerSecond in both directions; empty likewise
 * @param problems number of problems of its Service, warnings included
 */
record RatedRow(ServiceRow row, OptionalDouble connectionsPerSecond, OptionalDouble bytesPerSecond, int problems) {
    void write(JsonGenerator json) throws IOException {
        row.write(json);
        if (connectionsPerSecond.isPresent()) {
            json.writeNumberField("connectionsPerSecond", connectionsPerSecond.getAsDouble());
        }
        if (bytesPerSecond.isPresent()) {
            json.writeNumberField("bytesPerSecond", bytesPerSecond.getAsDouble());
        }
        json.writeNumberField("problems", problems);
    }
}
