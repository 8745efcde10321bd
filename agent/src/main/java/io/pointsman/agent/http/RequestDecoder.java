package io.pointsman.agent.http;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelPipeline;
import io.netty.handler.codec.TooLongFrameException;
import io.netty.handler.codec.http.DefaultHttpHeaders;
import io.netty.handler.codec.http.HttpDecoderConfig;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpHeadersFactory;
import io.netty.handler.codec.http.HttpRequestDecoder;
import java.util.List;
import java.util.function.BooleanSupplier;

/** Decodes requests one at a time: bytes of the next one stay undecoded while one is being answered. */
final class RequestDecoder extends HttpRequestDecoder {
    private static final int MAX_REQUEST_LINE_BYTES = 4096;

    /** Limit for all headers in bytes; a scraper's bearer token takes 1 or 2 KiB. */
    private static final int MAX_HEADER_BYTES = 8192;

    /** Maximum number of headers; a short one takes far more memory than its bytes. */
    private static final int MAX_HEADERS = 64;

    private final BooleanSupplier isBusy;

    /** @param isBusy whether a request is being answered */
    RequestDecoder(BooleanSupplier isBusy) {
        super(new HttpDecoderConfig()
                .setMaxInitialLineLength(MAX_REQUEST_LINE_BYTES)
                .setMaxHeaderSize(MAX_HEADER_BYTES)
                .setHeadersFactory(FewHeaders.FACTORY)
                .setTrailersFactory(FewHeaders.FACTORY));
        this.isBusy = isBusy;
    }

    @Override
    protected void decode(ChannelHandlerContext context, ByteBuf buffer, List<Object> out) throws Exception {
        if (!isBusy.getAsBoolean()) {
            super.decode(context, buffer, out);
        }
    }

    /** Continues with the bytes that were read already. */
    void resume(ChannelPipeline pipeline) {
        final ChannelHandlerContext context = pipeline.context(this);
        try {
            channelRead(context, Unpooled.EMPTY_BUFFER);
        } catch (Exception e) {
            context.fireExceptionCaught(e);
        }
    }

    /** Refuses a request with too many headers. */
    private static final class FewHeaders extends DefaultHttpHeaders {
        static final HttpHeadersFactory FACTORY = new HttpHeadersFactory() {
            @Override
            public HttpHeaders newHeaders() {
                return new FewHeaders();
            }

            @Override
            public HttpHeaders newEmptyHeaders() {
                return new FewHeaders();
            }
        };

        @Override
        public HttpHeaders add(CharSequence name, Object value) {
            refuseTooMany();
            return super.add(name, value);
        }

        @Override
        public HttpHeaders add(String name, Object value) {
            refuseTooMany();
            return super.add(name, value);
        }

        private void refuseTooMany() {
            if (size() >= MAX_HEADERS) {
                throw new TooLongFrameException("more than " + MAX_HEADERS + " headers");
            }
        }
    }
}
