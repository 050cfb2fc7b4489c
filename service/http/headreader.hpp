#pragma once

#include "plugins/common/handles.hpp"
#include "service/http/response.hpp"
#include "service/http/source.hpp"

#include <functional>
#include <optional>
#include <string>

namespace lm::http {

/// Reads from a connection until the head of its first request is there, or is wrong: libsoup 3.2 forgets the
/// path of a request whose length or coding it refuses by itself, so it must never see one. Holds no more
/// than a head of the largest size and one read. The wait has no end of its own: shut the socket down to end
/// it.
class HeadReader {
public:
    /// All that was read, without the first empty lines (RFC 9112, 2.2), and what is wrong with it.
    /// Nothing was read when the peer has gone before the end of its head.
    using Seen = std::function<void(std::string received, std::optional<Response> wrong)>;

    /// `seen` runs once, not before this returns, and may destroy this.
    HeadReader(Ref<GIOStream> stream, Seen seen);

private:
    void look();
    bool readSome();
    bool complete();
    void finish(std::string received, std::optional<Response> wrong);

    Ref<GIOStream> stream_;
    Seen seen_;
    std::string received_;
    std::size_t searched_ = 0;   // of received_, without finding the end
    std::size_t emptyLines_ = 0; // left out of received_
    bool waiting_ = false;
    Source watch_;
};

} // namespace lm::http
