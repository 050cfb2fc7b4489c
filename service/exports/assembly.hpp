#pragma once

#include "plugins/common/handles.hpp"
#include "plugins/common/result.hpp"
#include "service/exports/conduit.hpp"
#include "service/exports/feed.hpp"

#include <memory>
#include <vector>

namespace lm::exports {

/// A track of the file that is made.
struct Source {
    std::string title;
    std::unique_ptr<Feed> feed;
    SoundFormat format = {};           // of sound: what it is made into; without channels: pictures
    std::chrono::nanoseconds begin{0}; // of pictures: where their first is
    std::chrono::nanoseconds end{0};   // 0: not known
};

/// A pipeline in NULL that puts tracks into one Matroska file: pictures as they are, sound as FLAC. The file
/// comes out of `out`, front to back, which ends with it; what goes wrong is logged and ends `out`, too. Its
/// threads have a low priority. Set it to NULL only after `out` was closed.
Result<Ref<GstElement>> assemble(std::vector<Source> sources, const std::string& title,
                                 std::shared_ptr<Conduit> out);

} // namespace lm::exports
