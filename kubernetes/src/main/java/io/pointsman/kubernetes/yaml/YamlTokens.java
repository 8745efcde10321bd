package io.pointsman.kubernetes.yaml;

import io.pointsman.kubernetes.Quoted;
import io.pointsman.kubernetes.UnreadableException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.snakeyaml.engine.v2.api.LoadSettings;
import org.snakeyaml.engine.v2.common.Anchor;
import org.snakeyaml.engine.v2.events.AliasEvent;
import org.snakeyaml.engine.v2.events.CollectionStartEvent;
import org.snakeyaml.engine.v2.events.Event;
import org.snakeyaml.engine.v2.events.NodeEvent;
import org.snakeyaml.engine.v2.events.ScalarEvent;
import org.snakeyaml.engine.v2.exceptions.Mark;
import org.snakeyaml.engine.v2.exceptions.MarkedYamlEngineException;
import org.snakeyaml.engine.v2.exceptions.ReaderException;
import org.snakeyaml.engine.v2.exceptions.YamlEngineException;
import org.snakeyaml.engine.v2.exceptions.YamlVersionException;
import org.snakeyaml.engine.v2.nodes.Tag;
import org.snakeyaml.engine.v2.parser.ParserImpl;
import org.snakeyaml.engine.v2.scanner.StreamReader;

/**
 * Tokens of YAML 1.2 from SnakeYAML Engine's event parser, which holds at most one line or one scalar. Its composer is not
 * used, as it would hold the whole file with two marks for each node.
 */
public final class YamlTokens implements Tokens {
    private static final int MIN_BUFFER = 256;
    private static final int MAX_BUFFER = 1 << 20;

    private final byte[] bytes;
    private final ParserImpl parser;
    private @Nullable Event event;

    public YamlTokens(byte[] bytes) throws UnreadableException {
        this.bytes = bytes;
        final ByteBuffer text = YamlText.check(bytes);
        final LoadSettings settings = LoadSettings.builder()
                .setBufferSize(Math.clamp(bytes.length, MIN_BUFFER, MAX_BUFFER))
                .setCodePointLimit(Integer.MAX_VALUE) // the file's size is limited already
                .build();
        try {
            parser = new ParserImpl(settings, new StreamReader(settings, new Utf8Reader(text)));
        } catch (YamlEngineException e) {
            throw unreadable(e);
        }
    }

    @Override
    public boolean nextDocument() throws UnreadableException {
        while (true) {
            final Event next = read();
            switch (next.getEventId()) {
                case DocumentStart -> {
                    return true;
                }
                case StreamEnd -> {
                    return false;
                }
                default -> {
                    // start of the stream, or end of the previous document
                }
            }
        }
    }

    @Override
    public Token next() throws UnreadableException {
        final Event next = read();
        return switch (next.getEventId()) {
            case MappingStart -> Token.MAPPING_START;
            case MappingEnd -> Token.MAPPING_END;
            case SequenceStart -> Token.SEQUENCE_START;
            case SequenceEnd -> Token.SEQUENCE_END;
            case Scalar -> Token.SCALAR;
            case Alias -> Token.ALIAS;
            case Comment, DocumentStart, DocumentEnd, StreamStart, StreamEnd ->
                throw new IllegalStateException(next.getEventId() + " inside a value");
        };
    }

    private Event read() throws UnreadableException {
        try {
            final Event next = parser.next();
            event = next;
            return next;
        } catch (YamlEngineException e) {
            throw unreadable(e);
        } catch (RuntimeException e) {
            // the scanner lets some JDK exceptions through, for example on a version number beyond 32 bits
            throw new UnreadableException(line(), "not YAML: " + Quoted.plain(e.toString()), e);
        }
    }

    private UnreadableException unreadable(YamlEngineException failure) {
        return switch (failure) {
            case MarkedYamlEngineException e -> {
                final int line = e.getProblemMark()
                        .or(e::getContextMark)
                        .map(YamlTokens::line)
                        .orElse(0);
                final String context = e.getContext() == null ? "" : e.getContext() + ": ";
                yield new UnreadableException(line, "not YAML: " + Quoted.plain(context + e.getProblem()), e);
            }
            case ReaderException e ->
                new UnreadableException(
                        YamlText.lineOfCodePoint(bytes, e.getPosition()),
                        "not YAML: the character U+" + String.format("%04X", e.getCodePoint()) + " is not allowed",
                        e);
            case YamlEngineException e
            when e.getCause() instanceof CharacterCodingException ->
                new UnreadableException(YamlText.lineOfMalformed(bytes), "the file is not UTF-8; save it as UTF-8", e);
            case YamlVersionException e ->
                new UnreadableException(
                        line(), "not YAML 1 but " + e.getSpecVersion().getMajor() + ", as its %YAML line says", e);
            default ->
                new UnreadableException(
                        line(), "not YAML: " + Quoted.plain(String.valueOf(failure.getMessage())), failure);
        };
    }

    @Override
    public int line() {
        return event == null ? 1 : event.getStartMark().map(YamlTokens::line).orElse(0);
    }

    private static int line(Mark mark) {
        return mark.getLine() + 1;
    }

    @Override
    public String text() {
        return switch (event) {
            case ScalarEvent scalar -> scalar.getValue();
            case AliasEvent alias -> alias.getAlias().getValue();
            case null, default -> throw new IllegalStateException(event + " has no text");
        };
    }

    @Override
    public Tree.Type type() {
        if (!(event instanceof ScalarEvent scalar)) {
            throw new IllegalStateException(event + " is no scalar");
        }
        final Optional<String> tag = scalar.getTag();
        if (tag.isPresent()) {
            return tag.get().equals(Tag.STR.getValue()) ? Tree.Type.STRING : YamlScalar.typeOf(scalar.getValue());
        }
        return scalar.isPlain() ? YamlScalar.typeOf(scalar.getValue()) : Tree.Type.STRING;
    }

    @Override
    public @Nullable String anchor() {
        return event instanceof NodeEvent node && !(event instanceof AliasEvent)
                ? node.getAnchor().map(Anchor::getValue).orElse(null)
                : null;
    }

    /** Returns a flaw for any tag other than those of JSON's types on a value of that type. */
    @Override
    public @Nullable String flaw() {
        final Optional<String> tag =
                switch (event) {
                    case ScalarEvent scalar ->
                        scalar.getTag().filter(value -> !YamlScalar.fits(value, scalar.getValue()));
                    case CollectionStartEvent start ->
                        start.getTag()
                                .filter(value -> !value.equals(
                                        start.getEventId() == Event.ID.MappingStart
                                                ? Tag.MAP.getValue()
                                                : Tag.SEQ.getValue()));
                    case null, default -> Optional.empty();
                };
        return tag.map(value -> "the YAML tag " + Quoted.of(value) + " is not allowed here; leave it out")
                .orElse(null);
    }
}
