// Messages of a video socket: the first byte chooses the codec, the second how the rest is cut.
#include "plugins/wsvideosrc/framer.hpp"
#include "tests/fuzz/promise.hpp"

#include <algorithm>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace lm;
    using lm::fuzz::promise;
    if (size < 2) return 0;
    const auto codec = static_cast<video::Codec>(data[0] % 3);
    const std::size_t piece = data[1] + std::size_t{1};
    const video::Bytes rest(data + 2, size - 2);
    wsvideosrc::Framer framer(codec, 4096);
    bool first = true;
    const auto output = [&](wsvideosrc::Frame frame) {
        promise(!frame.data.empty(), "a frame has data");
        promise(!first || frame.key, "the first frame is a key frame");
        first = false;
    };
    for (std::size_t at = 0; at < rest.size(); at += piece)
        framer.message(rest.subspan(at, std::min(piece, rest.size() - at)), output);
    framer.finish(output);
    promise(framer.started() == !first, "what has started has given a frame");
    return 0;
}
