package io.pointsman.agent.status;

import java.io.OutputStream;

/** Output stream that writes to a page. */
final class PageStream extends OutputStream {
    private final TextPage page;

    PageStream(TextPage page) {
        this.page = page;
    }

    @Override
    public void write(int b) {
        page.write(new byte[] {(byte) b}, 0, 1);
    }

    @Override
    public void write(byte[] bytes, int offset, int count) {
        page.write(bytes, offset, count);
    }
}
