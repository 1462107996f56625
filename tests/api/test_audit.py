"""The journal of changes as the API and the command line show it."""

from bridge.db.session import Database
from tests.api.conftest import Client, make_account
from tests.bridge.test_cli import Komitent, empty, environment, komitent
from tests.db.test_events import say, without_guard

__all__ = ["empty", "environment", "komitent"]


async def test_events_are_paged_in_order_and_found_by_subject(client: Client, admin: dict[str, str]) -> None:
    await make_account(client, admin)
    first = await (await client.get("/api/v1/events?limit=1", headers=admin)).json()
    assert [(one["what"], one["subject"]) for one in first["items"]] == [("organization_put", "romashka")]
    rest = await (await client.get(f"/api/v1/events?cursor={first['next']}", headers=admin)).json()
    assert [(one["who"], one["what"]) for one in rest["items"]] == [("token:for-admin", "account_put")]
    about = await (await client.get("/api/v1/events?subject=market", headers=admin)).json()
    assert about["items"] == rest["items"]


async def test_the_chain_is_verified_and_compared_with_a_kept_hash(client: Client, admin: dict[str, str]) -> None:
    await make_account(client, admin)
    whole = await (await client.get("/api/v1/audit/verify", headers=admin)).json()
    assert (whole["ok"], whole["count"], whole["broken"]) == (True, 2, None)
    kept = await (await client.get(f"/api/v1/audit/verify?head={whole['head']}", headers=admin)).json()
    assert kept == whole
    other = await (await client.get(f"/api/v1/audit/verify?head={'0' * 64}", headers=admin)).json()
    assert (other["ok"], other["has_expected"]) == (False, False)


def test_the_command_says_that_the_journal_is_whole(komitent: Komitent) -> None:
    assert komitent("token", "create", "--name", "erp", "--role", "erp").returncode == 0
    done = komitent("audit", "verify")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("Журнал цел. Событий: 1, хеш последнего: ")
    head = done.stdout.split()[-1]
    assert komitent("audit", "verify", "--head", head).returncode == 0
    cut = komitent("audit", "verify", "--head", "0" * 64)
    assert (cut.returncode, cut.stdout) == (1, "")
    assert "укорочен" in cut.stderr


def test_the_command_names_the_first_broken_event(komitent: Komitent, environment: dict[str, str]) -> None:
    database = Database(f"sqlite:///{environment['KOMITENT_DATA']}/komitent.sqlite")
    say(database, "one", "two", "three")
    without_guard(database, "UPDATE events SET who = 'user:boris' WHERE id = 2")
    database.close()
    done = komitent("audit", "verify")
    assert (done.returncode, done.stdout) == (1, "")
    assert "событие 2 не продолжает предыдущее" in done.stderr
