#pragma once

#include "plugins/common/handles.hpp"
#include "plugins/imentivsink/budget.hpp"
#include "plugins/imentivsink/trackqueue.hpp"

#include <utility>
#include <vector>

namespace lm::imentivsink {

/// The samples of a block: a reference to the buffer as it came, and its share of the process's memory bound.
class BufferBody final : public Body {
public:
    BufferBody(Ref<GstBuffer> buffer, Budget::Share share)
        : buffer_(std::move(buffer)), share_(std::move(share)) {}

    /// The memories of the buffer, mapped for as long as the bytes live; nothing is copied. Empty when a
    /// memory cannot be read.
    std::vector<Ref<GBytes>> chunks() const;

private:
    Ref<GstBuffer> buffer_;
    Budget::Share share_;
};

} // namespace lm::imentivsink
