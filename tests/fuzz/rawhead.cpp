#include "service/http/rawhead.hpp"
#include "tests/fuzz/promise.hpp"

#include <algorithm>
#include <string>

// A head that is let in has an end that no cut moves, bounds, no byte that two readers read differently, and
// one length at the most, which every reader finds. Input: a byte that says where the stream is cut, then the
// stream.

using namespace lm;
using fuzz::promise;

namespace {

std::size_t fieldsNamed(const std::string& lowered, const std::string& name) {
    std::size_t count = 0;
    const std::string start = '\n' + name + ':';
    for (std::size_t at = lowered.find(start); at != std::string::npos; at = lowered.find(start, at + 1))
        ++count;
    return count;
}

void checkLetIn(std::string_view head) {
    promise(head.size() <= http::maxHead, "bounded");
    promise(!http::checkHeadSize(head), "what is let in is not too large");
    promise(head.find('\0') == std::string_view::npos, "no NUL, which libsoup would leave out");
    promise(head.find("\n ") == std::string_view::npos && head.find("\n\t") == std::string_view::npos,
            "no folded line");
    std::string lowered(head);
    std::transform(lowered.begin(), lowered.end(), lowered.begin(),
                   [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c; });
    const std::size_t lengths = fieldsNamed(lowered, "content-length");
    const std::size_t codings = fieldsNamed(lowered, "transfer-encoding");
    promise(lengths + codings <= 1, "the length of the body is told once");
    const std::string_view length = http::fieldOf(head, "content-length");
    promise(lengths == 0 || (!length.empty() && length.size() <= 18 &&
                             length.find_first_not_of("0123456789") == std::string_view::npos),
            "a length is a number");
    promise(codings == 0 || http::fieldOf(head, "transfer-encoding").size() == 7, "a coding is chunked");
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    fuzz::Front front(data, size);
    const std::size_t cut = front.take(1);
    const std::string_view text = fuzz::asText(front.rest(), front.left());
    const std::size_t end = http::endOfHead(text);
    promise(end <= text.size(), "the end is inside");
    const std::string_view piece = text.substr(0, std::min(cut, text.size()));
    if (http::endOfHead(piece) == 0)
        promise(http::endOfHead(text, piece.size()) == end, "found again from the cut");
    else
        promise(http::endOfHead(piece) == end, "what follows does not move the end");
    if (end == 0) {
        static_cast<void>(http::checkHeadSize(text));
        return 0;
    }
    const std::string_view head = text.substr(0, end);
    if (const auto wrong = http::checkRawHead(head))
        promise(wrong->status >= 400 && !wrong->code.empty() && !wrong->body.empty(), "says what is wrong");
    else
        checkLetIn(head);
    return 0;
}
