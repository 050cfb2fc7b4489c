#pragma once

#include "plugins/common/handles.hpp"
#include "plugins/common/result.hpp"
#include "tools/analysisstub/behaviour.hpp"
#include "tools/analysisstub/recorder.hpp"

#include <libsoup/soup.h>

#include <cstdint>
#include <map>
#include <memory>
#include <span>
#include <string>

namespace lm::analysisstub {

using ByteView = std::span<const std::uint8_t>;

/// The HTTP side. Everything runs on the thread that iterates the default main context of the constructor.
/// POST to any path is a block; GET /stats and GET /requests tell what came.
class Server {
public:
    Server(Behaviour behaviour, Recorder recorder);
    ~Server();
    Server(const Server&) = delete;
    Server& operator=(const Server&) = delete;

    Result<std::uint16_t> listen(const std::string& host, std::uint16_t port);

    std::uint64_t requests() const { return received_; }
    std::string statsJson() const;

private:
    struct Exchange;

    void onHeaders(SoupServerMessage* message);
    void onChunk(SoupServerMessage* message, ByteView chunk);
    void onBody(SoupServerMessage* message);
    void answer(SoupServerMessage* message, const Answer& answer);
    void send(SoupServerMessage* message, const Answer& answer);
    void record(Exchange& exchange, std::uint32_t status);
    void drop(SoupServerMessage* message);
    void answerGet(SoupServerMessage* message);
    void forget(SoupServerMessage* message);
    Exchange* find(SoupServerMessage* message);

    Judge judge_;
    Recorder recorder_;
    std::uint32_t delayMs_;
    Ref<SoupServer> server_;
    std::map<SoupServerMessage*, std::unique_ptr<Exchange>> exchanges_;
    std::uint64_t received_ = 0; // requests that began
    std::uint64_t complete_ = 0; // whose body was read to the end
    std::uint64_t bytes_ = 0;
    std::size_t inFlight_ = 0;
    std::size_t maxInFlight_ = 0;
    std::map<std::uint32_t, std::uint64_t> statuses_;
};

} // namespace lm::analysisstub
