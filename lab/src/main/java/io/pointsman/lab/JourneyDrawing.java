package io.pointsman.lab;

import io.pointsman.lab.Journey.Stop;
import io.pointsman.spi.FlowRecord.Tuple;
import java.util.ArrayList;
import java.util.List;

/** Draws a journey as an SVG picture: a box for each host, an arrow with the packet's addresses from one to the next. */
final class JourneyDrawing {
    private static final int BOX_WIDTH = 180;
    private static final int BOX_HEIGHT = 44;
    private static final int ARROW_WIDTH = 212;
    private static final int MARGIN = 24;
    private static final int GAP = 4;
    private static final int CORNER = 6;
    private static final int TOP = 20;
    private static final int LINE_HEIGHT = 16;
    private static final int LINE_CHARACTERS = 64;
    private static final int LAST_LINE_CHARACTERS = 40; // only the margin is to the right of the last box
    private static final double SMALLEST = 0.65;

    private final StringBuilder svg = new StringBuilder(2048);

    private JourneyDrawing() {}

    static String svg(Journey journey) {
        final JourneyDrawing drawing = new JourneyDrawing();
        drawing.draw(journey);
        return drawing.svg.toString();
    }

    private void draw(Journey journey) {
        final List<Stop> stops = journey.stops();
        final int width = 2 * MARGIN + stops.size() * BOX_WIDTH + Math.max(0, stops.size() - 1) * ARROW_WIDTH;
        int actions = 0;
        for (int i = 0; i < stops.size(); i++) {
            actions =
                    Math.max(actions, lines(stops.get(i), i == stops.size() - 1).size());
        }
        final int height = TOP + BOX_HEIGHT + LINE_HEIGHT * (actions + 1);
        svg.append("<svg");
        attribute("role", "img");
        attribute("viewBox", "0 0 " + width + " " + height);
        attribute("style", "width:" + width + "px;min-width:" + (int) (SMALLEST * width) + "px");
        svg.append("><title>").append(Html.escape(journey.text())).append("</title>");
        for (int i = 0; i < stops.size(); i++) {
            box(stops.get(i), MARGIN + i * (BOX_WIDTH + ARROW_WIDTH), i == stops.size() - 1);
            if (i + 1 < stops.size()) {
                arrow(stops.get(i), MARGIN + i * (BOX_WIDTH + ARROW_WIDTH) + BOX_WIDTH);
            }
        }
        svg.append("</svg>");
    }

    private void box(Stop stop, int x, boolean isLast) {
        svg.append("<rect");
        attribute("class", stop.role().replace(' ', '-') + (stop.seen() ? "" : " unseen"));
        attribute("x", x);
        attribute("y", TOP);
        attribute("width", BOX_WIDTH);
        attribute("height", BOX_HEIGHT);
        attribute("rx", CORNER);
        svg.append("/>");
        text(x + BOX_WIDTH / 2, TOP + 19, "host", stop.host());
        text(
                x + BOX_WIDTH / 2,
                TOP + 35,
                "role",
                stop.role() + (stop.seen() ? ", captured ✓" : ", captured otherwise ✗"));
        int y = TOP + BOX_HEIGHT + LINE_HEIGHT;
        for (String action : lines(stop, isLast)) {
            text(x + BOX_WIDTH / 2, y, "action", action);
            y += LINE_HEIGHT;
        }
    }

    /** Returns what the host does, in lines that fit below its box. */
    private static List<String> lines(Stop stop, boolean isLast) {
        final int limit = isLast ? LAST_LINE_CHARACTERS : LINE_CHARACTERS;
        final List<String> lines = new ArrayList<>();
        for (String action : stop.actions()) {
            String line = "";
            for (String word : action.split(" ", -1)) {
                if (!line.isEmpty() && line.length() + 1 + word.length() > limit) {
                    lines.add(line);
                    line = word;
                } else {
                    line = line.isEmpty() ? word : line + " " + word;
                }
            }
            lines.add(line);
        }
        return lines;
    }

    private void arrow(Stop from, int x) {
        final int y = TOP + BOX_HEIGHT / 2;
        final int end = x + ARROW_WIDTH - GAP;
        svg.append("<path");
        attribute("class", "arrow");
        attribute("d", "M" + (x + GAP) + " " + y + " H" + end + " m-7 -4 l7 4 l-7 4");
        svg.append("/>");
        if (from.leaving().isPresent()) {
            final Tuple packet = from.leaving().get();
            text(x + ARROW_WIDTH / 2, y - 7, "packet", packet.source().withPort(packet.sourcePort()));
            text(
                    x + ARROW_WIDTH / 2,
                    y + 16,
                    "packet",
                    "to " + packet.destination().withPort(packet.destinationPort()));
        }
    }

    private void text(int x, int y, String style, String text) {
        svg.append("<text");
        attribute("class", style);
        attribute("x", x);
        attribute("y", y);
        svg.append('>').append(Html.escape(text)).append("</text>");
    }

    private void attribute(String name, int value) {
        attribute(name, Integer.toString(value));
    }

    private void attribute(String name, String value) {
        svg.append(' ').append(name).append("=\"").append(Html.escape(value)).append('"');
    }
}
