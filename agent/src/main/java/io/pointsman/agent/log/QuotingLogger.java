package io.pointsman.agent.log;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.Marker;
import org.slf4j.event.Level;
import org.slf4j.helpers.LegacyAbstractLogger;
import org.slf4j.helpers.MessageFormatter;

/**
 * Quotes messages and arguments, and passes them to another logger. Only {@link Lines} and stack traces keep several
 * lines.
 */
final class QuotingLogger extends LegacyAbstractLogger {
    private static final long serialVersionUID = 1;

    private final transient Logger sink;

    QuotingLogger(Logger sink) {
        this.sink = sink;
        name = sink.getName();
    }

    @Override
    protected @Nullable String getFullyQualifiedCallerName() {
        return null;
    }

    @Override
    protected void handleNormalizedLoggingCall(
            Level level,
            @Nullable Marker marker,
            @Nullable String pattern,
            Object @Nullable [] arguments,
            @Nullable Throwable thrown) {
        final String message = message(String.valueOf(pattern), arguments);
        write(level, thrown == null ? message : message + "\n" + StackTrace.of(thrown));
    }

    private static String message(String pattern, Object @Nullable [] arguments) {
        final String quoted = Quoted.line(pattern);
        if (arguments == null) {
            return quoted;
        }
        final Object[] safe =
                Arrays.stream(arguments).map(QuotingLogger::quoted).toArray();
        return String.valueOf(MessageFormatter.basicArrayFormat(quoted, safe));
    }

    private static Object quoted(@Nullable Object argument) {
        // The formatter prints an array's elements, and tolerates a toString that throws.
        final Object[] one = {argument};
        return argument instanceof Lines
                ? argument
                : Quoted.line(String.valueOf(MessageFormatter.basicArrayFormat("{}", one)));
    }

    private void write(Level level, String message) {
        switch (level) {
            case ERROR -> sink.error(message);
            case WARN -> sink.warn(message);
            case INFO -> sink.info(message);
            case DEBUG -> sink.debug(message);
            case TRACE -> sink.trace(message);
        }
    }

    @Override
    public boolean isErrorEnabled() {
        return sink.isErrorEnabled();
    }

    @Override
    public boolean isWarnEnabled() {
        return sink.isWarnEnabled();
    }

    @Override
    public boolean isInfoEnabled() {
        return sink.isInfoEnabled();
    }

    @Override
    public boolean isDebugEnabled() {
        return sink.isDebugEnabled();
    }

    @Override
    public boolean isTraceEnabled() {
        return sink.isTraceEnabled();
    }
}
