#pragma once

#include "service/config/settings.hpp"
#include "service/http/request.hpp"

namespace lm::http {

/// Which pages may use what is served, and under which names it is served. A page is known by the `Origin`
/// that its browser sends (RFC 6454); what is no browser sends none. Immutable: any thread.
class Origins {
public:
    /// `listed` as CORS_ORIGINS: origins as browsers send them, `*` for all, `local` for pages of this
    /// machine. `local`: the service can be reached from this machine alone.
    Origins(std::vector<std::string> listed, bool local) : listed_(std::move(listed)), local_(local) {}
    explicit Origins(const config::HttpSettings& settings)
        : Origins(settings.corsOrigins, config::isLocal(settings)) {}

    bool any() const;
    /// Named, or of this machine where that counts as named.
    bool lists(std::string_view origin) const;
    /// No page asks, or one of ours or one that is listed does.
    bool admits(const Request& request) const;
    /// False for a name that only points here: a service that trusts its machine is not asked in its own
    /// name by a page whose name was bound to a loopback address after it was loaded (DNS rebinding).
    bool servesHost(const Request& request) const;

private:
    std::vector<std::string> listed_;
    bool local_;
};

} // namespace lm::http
