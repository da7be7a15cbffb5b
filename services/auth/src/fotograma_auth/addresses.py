"""E-mail addresses, normalised by email-validator."""

from email_validator import EmailNotValidError, validate_email

from fotograma_auth.errors import InvalidEmail


def normalised_address(address: str) -> str:
    """The address as mail is sent to it. Nothing is looked up. Raises `InvalidEmail`.

    Only ASCII before the @, and the domain in its ASCII form: SES takes nothing else.
    """
    try:
        validated = validate_email(
            address.strip(), check_deliverability=False, allow_smtputf8=False
        )
    except EmailNotValidError as error:
        raise InvalidEmail(str(error)) from error
    return validated.ascii_email or validated.normalized


def address_key(address: str) -> str:
    """The unique key of a normalised address: addresses that differ in case are one mailbox."""
    return address.lower()
