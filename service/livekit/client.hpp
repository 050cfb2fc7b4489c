#pragma once

#include "service/json/json.hpp"
#include "service/livekit/api.hpp"
#include "service/livekit/call.hpp"

#include <chrono>
#include <cstdint>
#include <memory>
#include <unordered_map>

namespace lm::livekit {

/// Mints the token of a request: a secret.
using Mint = std::function<std::string(const Grants&)>;

struct ClientOptions {
    std::string origin; // of the API, see apiOrigin
    Mint mint;
    std::chrono::milliseconds listTimeout{10'000};
    /// LiveKit itself looks for an egress worker for 22 s before it says that there is none.
    std::chrono::milliseconds startTimeout{25'000};
    unsigned listAttempts = 3;
    std::chrono::milliseconds retryDelay{250}; // before the second, doubled
    unsigned maxPages = 20;                    // of a list
};

/// Twirp over HTTP/1.1 with JSON. Lists and stops are repeated when they fail in passing, starts never:
/// LiveKit has no key that would make a repeated one harmless. Lives on the context of its creator; what is
/// under way when it goes gets no answer any more.
class Client : public Api {
public:
    explicit Client(ClientOptions options);
    ~Client() override;
    Client(const Client&) = delete;
    Client& operator=(const Client&) = delete;

    void listRooms(Then<std::vector<Room>> then) override;
    void listParticipants(const std::string& room, Then<std::vector<Participant>> then) override;
    void listEgress(const EgressFilter& filter, Then<std::vector<Egress>> then) override;
    void startTrackEgress(const TrackEgressRequest& request, Then<Egress> then) override;
    void startRoomComposite(const CompositeRequest& request, Then<Egress> then) override;
    void stopEgress(const std::string& id, Then<Egress> then) override;

    struct Stats {
        std::uint64_t requests = 0, failures = 0;
    };
    const Stats& stats() const { return stats_; }

private:
    struct Job {
        const char* method; // `livekit.Egress/ListEgress`
        Grants grants;
        std::string body;
        std::chrono::milliseconds timeout;
        unsigned attempts; // that are left
        std::chrono::milliseconds delay;
        std::function<void(Reply<json::Node>)> then;
        std::shared_ptr<Call> call = {};
        Timer timer = {};
    };
    void list(const char* method, const Grants& grants, std::string body,
              std::function<void(Reply<json::Node>)> then);
    void begin(Job job);
    void send(std::uint64_t number);
    void arrived(std::uint64_t number, const CallAnswer& answer);
    void nextPage(EgressFilter filter, const std::string& page, unsigned pagesLeft, std::vector<Egress> sofar,
                  Then<std::vector<Egress>> then);

    const ClientOptions options_;
    const Ref<GMainContext> context_;
    const Ref<SoupSession> session_;
    std::unordered_map<std::uint64_t, std::unique_ptr<Job>> jobs_;
    std::uint64_t lastJob_ = 0;
    Stats stats_;
    std::shared_ptr<Client*> self_ = std::make_shared<Client*>(this); // for calls that outlive the client
};

} // namespace lm::livekit
