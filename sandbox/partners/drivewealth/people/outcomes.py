"""What the names of people pick."""

from sandbox.partners.drivewealth.state import User

MAX_NAME = 36


def kyc_outcome(user: User) -> tuple[str, list[str]]:
    """Return what a person's check comes to by itself: its status, and the codes of what it found."""
    basic = user.of("BASIC_INFO")
    if any(len(str(basic.get(name, ""))) > MAX_NAME for name in ("firstName", "lastName")):
        return "KYC_INFO_REQUIRED", ["K110"]
    outcomes = {
        "Denied": ("KYC_DENIED", ["K102"]),
        "Review": ("KYC_MANUAL_REVIEW", []),
        "Info": ("KYC_MANUAL_REVIEW", ["K101"]),
        "Document": ("KYC_DOC_REQUIRED", []),
        "Waiting": ("KYC_PROCESSING", []),
    }
    return outcomes.get(user.last_name, ("KYC_APPROVED", []))
