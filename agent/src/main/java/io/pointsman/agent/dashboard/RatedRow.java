package io.pointsman.agent.dashboard;

import com.fasterxml.jackson.core.JsonGenerator;
import io.pointsman.agent.look.ServiceRow;
import java.io.IOException;
import java.util.OptionalDouble;

/**
 * A service port and how fast its totals grow.
 *
 * @param connectionsPerSecond empty where it is not counted, or was counted once only
 * @param bytesPerSecond both ways; empty likewise
 * @param problems how many things are wrong with its Service, warnings included
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
