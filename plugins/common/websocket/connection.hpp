#pragma once

#include "plugins/common/handles.hpp"

#include <cstdint>
#include <optional>
#include <span>
#include <string>

namespace lm::ws {

/// A byte stream that never blocks: the upgraded connection below a WebSocket. Used by one thread at a time.
class Connection {
public:
    explicit Connection(Ref<GIOStream> stream);
    ~Connection();
    Connection(const Connection&) = delete;
    Connection& operator=(const Connection&) = delete;

    enum class ReadStatus {
        Data,   // `bytes` were read
        Empty,  // nothing there now
        End,    // the peer closed its side
        Broken, // reset, or a failure of the layer below: see `reason`
    };
    struct Read {
        ReadStatus status;
        std::size_t bytes = 0;
        /// Nothing more can be there now: a short read on a plain socket. Saves the read that would only say
        /// so.
        bool drained = false;
    };
    Read read(std::span<std::uint8_t> into);

    /// Writes as much as goes out now and keeps the rest; `flush` tries again. False when more than a small
    /// bound would have to be kept (the peer does not read): nothing of `bytes` is taken then.
    bool send(std::string_view bytes);
    /// False when the connection turned out to be broken.
    bool flush();
    bool hasPending() const { return !pending_.empty(); }

    /// For whoever keeps a queue of its own, instead of `send`: writes as much of the pieces as goes out now
    /// and returns how many bytes that was; nullopt when the connection turned out to be broken. What was not
    /// taken comes first in the next call, at the same place in memory.
    std::optional<std::size_t> write(std::span<const std::string_view> pieces);

    /// Ends our direction, with close_notify under TLS; the peer reads to the end and sees an orderly close.
    void shutdownOutput();
    /// Closes at once.
    void close();

    /// True when a record may be half read: what is left of it no descriptor tells.
    bool mayHoldBytes() const { return !plain_; }

    int descriptor() const { return descriptor_; }
    /// What broke, for people; empty while nothing has.
    const std::string& reason() const { return reason_; }

private:
    std::optional<std::size_t> writePlain(std::span<const std::string_view> pieces);
    std::optional<std::size_t> writeSecured(std::span<const std::string_view> pieces);

    Ref<GIOStream> stream_;
    GPollableInputStream* in_;   // owned by stream_
    GPollableOutputStream* out_; // owned by stream_
    int descriptor_;
    bool plain_;
    bool mayHoldHandshakeBytes_ = true;
    std::string pending_;
    std::string reason_;
};

} // namespace lm::ws
