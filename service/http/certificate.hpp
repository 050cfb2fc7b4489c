#pragma once

#include "plugins/common/handles.hpp"
#include "plugins/common/result.hpp"

#include <memory>
#include <optional>
#include <string>

namespace lm::http {

/// Refuses TLS 1.0 and 1.1 (RFC 8996), which GIO would still take, in the whole process; unless the operator
/// has set G_TLS_GNUTLS_PRIORITY. Before any thread and the first connection.
void requireModernTls();

/// The certificate that new TLS connections are served with: a PEM chain, the server's own first, and its
/// key. Main thread.
class Certificate {
public:
    /// The error says which file is wrong, and how; it never repeats what is in it.
    static Result<std::unique_ptr<Certificate>> load(std::string certificateFile, std::string keyFile);

    /// Reads the files again. What is wrong with them leaves the certificate as it was.
    std::optional<Error> reload();

    GTlsCertificate* current() const { return current_.get(); }
    /// ISO 8601; empty when the certificate does not say.
    std::string expires() const;

private:
    Certificate(std::string certificateFile, std::string keyFile)
        : certificateFile_(std::move(certificateFile)), keyFile_(std::move(keyFile)) {}

    std::string certificateFile_, keyFile_;
    Ref<GTlsCertificate> current_;
};

} // namespace lm::http
