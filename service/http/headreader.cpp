#include "service/http/headreader.hpp"

#include "service/http/rawhead.hpp"

#include <utility>

namespace lm::http {
namespace {

constexpr std::size_t maxEmptyLines = 4; // before a request; a peer that sends nothing else has no end

std::size_t dropEmptyLines(std::string& text, std::size_t most) {
    std::size_t lines = 0, at = 0;
    for (; lines < most && (text.compare(at, 1, "\n") == 0 || text.compare(at, 2, "\r\n") == 0); ++lines)
        at += text[at] == '\n' ? 1 : 2;
    text.erase(0, at);
    return lines;
}

} // namespace

HeadReader::HeadReader(Ref<GIOStream> stream, Seen seen)
    : stream_(std::move(stream)), seen_(std::move(seen)) {
    // A TLS session may hold bytes already, of which the socket knows nothing.
    watch_.after(std::chrono::milliseconds(0), [this] { look(); });
}

void HeadReader::look() {
    while (readSome())
        if (complete()) return;
}

/// False when there is nothing to read now, or never again.
bool HeadReader::readSome() {
    auto* input = G_POLLABLE_INPUT_STREAM(g_io_stream_get_input_stream(stream_.get()));
    char buffer[4096];
    Owned<GError> error;
    const gssize got =
        g_pollable_input_stream_read_nonblocking(input, buffer, sizeof buffer, nullptr, OutPtr(error));
    if (got > 0) {
        received_.append(buffer, static_cast<std::size_t>(got));
        return true;
    }
    if (!g_error_matches(error.get(), G_IO_ERROR, G_IO_ERROR_WOULD_BLOCK))
        finish({}, std::nullopt);
    else if (!std::exchange(waiting_, true))
        watch_.watch(input, [this] { look(); });
    return false;
}

bool HeadReader::complete() {
    if (searched_ < 2) { // what is there may be half an empty line
        emptyLines_ += dropEmptyLines(received_, maxEmptyLines - emptyLines_);
        searched_ = 0;
    }
    const std::size_t end = endOfHead(received_, searched_);
    searched_ = received_.size();
    const std::string_view head = std::string_view(received_).substr(0, end ? end : received_.size());
    auto wrong = end ? checkRawHead(head) : checkHeadSize(head);
    if (!end && !wrong) return false;
    finish(std::move(received_), std::move(wrong));
    return true;
}

void HeadReader::finish(std::string received, std::optional<Response> wrong) {
    watch_.stop();
    stream_.reset();
    const Seen seen = std::exchange(seen_, nullptr);
    seen(std::move(received), std::move(wrong));
}

} // namespace lm::http
