"""The tables that the loader fills, in the schema `raw`: one per source, and its own bookkeeping."""

from typing import NamedTuple

import duckdb

from call_status_tools import canonical_columns
from call_status_tools.loading.sql import identifier


class CallIds(NamedTuple):
    """How rows of one call are known where a file has no id of calls: they have one caller, and each begins while the earlier
    ones last, or up to `seconds` after. Their id, in the column call_id, is the caller and the first time.
    """

    callers: tuple[str, ...]  # columns that say who calls; the first that has a value counts
    time: str  # when a row begins
    length: str  # how long it lasts
    seconds: int


class Source(NamedTuple):
    """A kind of raw file, and the table that its rows go to."""

    table: str
    columns: dict[str, str]  # name → DuckDB type, in the table's order
    required: tuple[str, ...] = ()  # columns that a file must have
    known_by: tuple[str, ...] = ()  # and one of these, where there are any
    header: str = ""  # of a log that has no line with names: its fields in order, with what stands between them
    defaults: dict[str, str] = {}  # values of columns that a file lacks; null for all others
    document: str | None = None  # the column that a record of JSON goes to as a whole
    call_ids: CallIds | None = None  # for a file without ids of calls; two files are never joined
    is_of_firm: bool = False  # no events, but what the firm says of itself (firm.py)

    @property
    def unread_columns(self) -> dict[str, str]:
        """A column beside each length: its text where it cannot be read as one, for unmapped_source_values."""
        return {f"unread_{name}": "VARCHAR" for name, kind in self.columns.items() if kind == "DOUBLE"}


def texts(names: str) -> dict[str, str]:
    """Columns as a vendor names them, all of them text, which the models read; and what every raw table has."""
    own = {"source_instance": "VARCHAR", "attributes": "JSON", "loaded_at": "TIMESTAMP"}
    return {**dict.fromkeys(names.split(), "VARCHAR"), **own}


# One entry per kind of raw file. A new adapter adds its own; the tables are created on first use. Where a source has several
# raw tables, their names are `source.table`, what tells more of a record first.
SOURCES = {
    "canonical": Source(
        table="call_events",
        columns=canonical_columns.COLUMNS,
        required=canonical_columns.REQUIRED,
        defaults={"source_system": "canonical"},
    ),
    "call_log": Source(
        table="call_log",
        columns={
            "call_id": "VARCHAR",
            "direction": "VARCHAR",
            "reported_status": "VARCHAR",
            "reason": "VARCHAR",
            "started_at": "TIMESTAMP",
            "answered_at": "TIMESTAMP",
            "ended_at": "TIMESTAMP",
            "wait_seconds": "DOUBLE",
            "talk_seconds": "DOUBLE",
            "voicemail_seconds": "DOUBLE",
            "agent_id": "VARCHAR",
            "queue": "VARCHAR",
            "customer_number": "VARCHAR",
            "business_number": "VARCHAR",
            "ended_by": "VARCHAR",
            "source_system": "VARCHAR",
            "attributes": "JSON",
            "loaded_at": "TIMESTAMP",
        },
        required=("started_at",),
        defaults={"source_system": "call_log"},
    ),
    "callhippo": Source(
        table="callhippo_calls",
        columns=texts(
            "callsid _id calltype status callstatus reason statusreason starttime endtime date time duration durationseconds"
            " callduration ringanswerduration hangupby email callername callqueue queuename from to fromnumber tonumber"
            " activitytype type"
        ),
        known_by=("callsid", "_id", "activitytype"),
    ),
    "asterisk_queue_log": Source(
        table="asterisk_queue_log",
        columns=texts("time callid queuename agent event data1 data2 data3 data4 data5 data"),
        required=("time", "callid", "event"),
        header="time|callid|queuename|agent|event|data1|data2|data3|data4|data5|data6|data7|data8",
    ),
    "asterisk_cdr": Source(
        table="asterisk_cdr",
        columns=texts(
            "calldate start answer end src dst dcontext clid channel dstchannel lastapp lastdata duration billsec disposition"
            " uniqueid linkedid sequence did userfield accountcode peeraccount"
        ),
        required=("uniqueid", "disposition"),
        known_by=("calldate", "start"),
        header="accountcode,src,dst,dcontext,clid,channel,dstchannel,lastapp,lastdata,start,answer,end,duration,billsec,disposition,"
        "amaflags,uniqueid,userfield,peeraccount,linkedid,sequence",
    ),
    "asterisk_cel": Source(
        table="asterisk_cel",
        columns=texts(
            "id eventtype eventtime userdeftype cid_name cid_num cid_ani cid_rdnis cid_dnid exten context channame appname appdata"
            " uniqueid linkedid userfield peer extra"
        ),
        required=("eventtype", "eventtime", "uniqueid"),
        header="eventtype,eventtime,cid_name,cid_num,cid_ani,cid_rdnis,cid_dnid,exten,context,channame,appname,appdata,amaflags,"
        "accountcode,uniqueid,linkedid,peer,userfield,userdeftype,extra",
    ),
    "twilio.callbacks": Source(
        table="twilio_callbacks",
        columns=texts(
            "callsid parentcallsid callstatus direction from caller to called sequencenumber timestamp received_at callduration"
            " answeredby sipresponsecode dialcallsid dialcallstatus dialcallduration dialbridged recordingsid recordingurl"
            " recordingstatus recordingduration recordingsource recordingstarttime messagesid smsmessagesid smssid"
        ),
        required=("callsid",),
        known_by=("callstatus", "dialcallstatus", "recordingurl", "recordingsid"),
    ),
    "twilio.calls": Source(
        table="twilio_calls",
        columns={
            # As the headings of an export may have them.
            **dict.fromkeys(
                ("call sid", "parent call sid", "date created", "start time", "end time", "answered by"), "VARCHAR"
            ),
            **texts(
                "sid id parent_call_sid parent_call_id parentcallsid status direction from from_ to to_ date_created created_at"
                " datecreated start_time starttime end_time endtime duration answered_by answeredby"
            ),
        },
        required=("status", "direction"),
        known_by=("sid", "id", "call sid"),
    ),
    "aircall.webhooks": Source(
        table="aircall_webhooks",
        columns=texts("resource event timestamp data"),
        required=("event", "timestamp", "data"),
    ),
    "aircall.export": Source(
        table="aircall_calls_export",
        columns={
            **dict.fromkeys(
                (
                    "call id (internal)",
                    "call id",
                    "datetime (utc)",
                    "date (utc)",
                    "number timezone",
                    "direction",
                    "from",
                    "to",
                    "answered",
                    "missed_call_reason",
                    "call type",
                    "call direction - type",
                    "user",
                    "team",
                    "line",
                    "duration (total)",
                    "duration (in call)",
                    "in-call duration",
                    "waiting time",
                    "time to answer",
                    "time in ivr",
                    "voicemail",
                    "disconnected by",
                ),
                "VARCHAR",
            ),
            **texts(""),
        },
        required=("direction", "answered", "missed_call_reason"),
        known_by=("datetime (utc)", "date (utc)"),
    ),
    "zendesk_talk.calls": Source(
        table="zendesk_talk_calls",
        columns=texts(
            "id created_at updated_at direction completion_status agent_id phone_number phone_number_id duration talk_time"
            " wait_time time_to_answer ivr_time_spent ivr_destination_group_name call_group_id voicemail outside_business_hours"
        ),
        required=("id", "created_at", "direction", "completion_status"),
    ),
    "zendesk_talk.legs": Source(
        table="zendesk_talk_legs",
        columns=texts(
            "id call_id created_at updated_at type completion_status agent_id duration talk_time hold_time"
            " forwarded_to transferred_from transferred_to"
        ),
        required=("id", "call_id", "created_at", "type"),
    ),
    "amazon_connect.agent_events": Source(
        table="amazon_connect_agent_events",
        columns=texts("eventid eventtype eventtimestamp agentarn instancearn currentagentsnapshot"),
        required=("currentagentsnapshot",),
    ),
    "amazon_connect.contact_events": Source(
        table="amazon_connect_contact_events",
        columns=texts("document detail eventtype time id"),
        known_by=("detail", "eventtype"),
        document="document",
    ),
    # Of the record stream and of DescribeContact, and below them those of the analytics data lake.
    "amazon_connect.contact_records": Source(
        table="amazon_connect_contact_records",
        columns=texts(
            "contactid id initialcontactid previouscontactid nextcontactid channel initiationmethod initiationtimestamp"
            " ringstarttimestamp connectedtosystemtimestamp transfercompletedtimestamp disconnecttimestamp disconnectreason"
            " answeringmachinedetectionstatus agentconnectionattempts agent agentinfo queue queueinfo customerendpoint"
            " systemendpoint transferredtoendpoint campaign lastupdatetimestamp"
            " contact_id initial_contact_id previous_contact_id next_contact_id initiation_method initiation_timestamp"
            " ring_start_timestamp connected_to_system_timestamp transfer_completed_timestamp disconnect_timestamp"
            " disconnect_reason answering_machine_detection_status agent_connection_attempts agent_username agent_arn agent_id"
            " agent_connected_to_agent_timestamp queue_name queue_arn queue_id queue_enqueue_timestamp queue_dequeue_timestamp"
            " customer_endpoint_address system_endpoint_address transferred_to_endpoint_address campaign_id"
        ),
        known_by=("initiationmethod", "initiation_method"),
    ),
    "genesys_cloud": Source(
        table="genesys_cloud_conversations",
        columns=texts("conversationid document"),
        required=("conversationid",),
        document="document",
    ),
    "three_cx.cdroutput": Source(
        table="three_cx_cdroutput",
        columns=texts(
            "cdr_id call_history_id source_participant_id source_entity_type source_dn_number source_dn_type source_dn_name"
            " source_participant_name source_participant_phone_number source_participant_trunk_did"
            " source_participant_is_incoming source_participant_is_already_connected source_participant_group_name"
            " source_participant_billing_suffix destination_participant_id destination_entity_type destination_dn_number"
            " destination_dn_type destination_dn_name destination_participant_name destination_participant_phone_number"
            " destination_participant_trunk_did destination_participant_is_incoming"
            " destination_participant_is_already_connected destination_participant_group_name"
            " destination_participant_billing_suffix base_cdr_id originating_cdr_id creation_method creation_forward_reason"
            " termination_reason terminated_by_participant_id continued_in_cdr_id cdr_started_at cdr_ended_at cdr_answered_at"
            " termination_reason_details processed migrated main_call_history_id source_presentation offload_id"
        ),
        required=("cdr_id", "call_history_id", "cdr_started_at"),
    ),
    "three_cx.report": Source(
        table="three_cx_call_report",
        columns={
            "call_id": "VARCHAR",
            **dict.fromkeys(("call time", "caller id", "trunk number", "total duration", "call type"), "VARCHAR"),
            **texts("destination trunk did status ringing talking sentiment summary transcription"),
        },
        required=("call time", "caller id", "destination", "status"),
        call_ids=CallIds(callers=("caller id", "did"), time="call time", length="total duration", seconds=3),
    ),
    "freeswitch": Source(
        table="freeswitch_cdrs",
        columns=texts(
            "document json xml_cdr_uuid leg direction originating_leg_uuid bridge_uuid context caller_id_number caller_destination"
            " destination_number start_epoch answer_epoch end_epoch waitsec last_app last_arg voicemail_message cc_side cc_queue"
            " cc_member_session_uuid cc_agent cc_queue_joined_epoch cc_queue_answered_epoch cc_queue_terminated_epoch"
            " cc_queue_canceled_epoch cc_cancel_reason cc_cause hangup_cause sip_hangup_disposition status"
        ),
        known_by=("variables", "xml_cdr_uuid", "document"),
        document="document",
    ),
    "call_log_statuses": Source(
        table="call_log_statuses",
        columns={
            "source_system": "VARCHAR",
            "direction": "VARCHAR",
            "reported_status": "VARCHAR",
            "reason": "VARCHAR",
            "status": "VARCHAR",
            "status_reason": "VARCHAR",
            "could_also_be": "VARCHAR",
            "loaded_at": "TIMESTAMP",
        },
        required=("reported_status", "status"),
    ),
    "call_status_mappings": Source(
        table="call_status_mappings",
        columns={
            "source": "VARCHAR",
            "field": "VARCHAR",
            "value": "VARCHAR",
            "becomes": "VARCHAR",
            "loaded_at": "TIMESTAMP",
        },
        required=("source", "field", "value", "becomes"),
    ),
    "phone_numbers": Source(
        table="phone_numbers",
        columns={
            "number": "VARCHAR",
            "name": "VARCHAR",
            "team": "VARCHAR",
            "country": "VARCHAR",
            "time_zone": "VARCHAR",
            "has_after_hours_message": "VARCHAR",
            "loaded_at": "TIMESTAMP",
        },
        required=("number",),
        is_of_firm=True,
    ),
    "agents": Source(
        table="agents",
        columns={
            "agent_id": "VARCHAR",
            "name": "VARCHAR",
            "team": "VARCHAR",
            "is_active": "VARCHAR",
            "loaded_at": "TIMESTAMP",
        },
        required=("agent_id",),
        is_of_firm=True,
    ),
    "business_hours": Source(
        table="business_hours",
        columns={
            "business_number": "VARCHAR",
            "weekday": "VARCHAR",
            "date": "DATE",
            "opens_at": "VARCHAR",
            "closes_at": "VARCHAR",
            "loaded_at": "TIMESTAMP",
        },
        required=("opens_at", "closes_at"),
        known_by=("weekday", "date"),
        is_of_firm=True,
    ),
}

BOOKKEEPING = {
    # One row per row of a file that was refused.
    "call_events_unreadable": {
        "source": "VARCHAR",
        "source_file": "VARCHAR",
        "line": "INTEGER",
        "reason": "VARCHAR",
        "raw_text": "VARCHAR",
        "loaded_at": "TIMESTAMP",
    },
    # One row per file that was loaded.
    "loaded_files": {
        "file": "VARCHAR",
        "sha256": "VARCHAR",
        "source": "VARCHAR",
        "rows_read": "BIGINT",
        "rows_loaded": "BIGINT",
        "rows_refused": "BIGINT",
        "loaded_at": "TIMESTAMP",
    },
}


def tables_of(name: str) -> list[str]:
    """The names of raw files that `--source` may mean: one, or all those of a source that has several raw tables."""
    return [name] if name in SOURCES else [known for known in SOURCES if known.partition(".")[0] == name]


def create_tables(con: duckdb.DuckDBPyConnection, source: Source) -> None:
    """The raw table of the source and the bookkeeping, where missing. A column that an older table lacks is added."""
    con.execute("create schema if not exists raw")
    for table, columns in {source.table: source.columns | source.unread_columns, **BOOKKEEPING}.items():
        definitions = ", ".join(f"{identifier(name)} {kind}" for name, kind in columns.items())
        con.execute(f"create table if not exists raw.{table} ({definitions})")
        there = {name.lower() for name, *_ in con.execute(f"describe raw.{table}").fetchall()}
        for name in columns.keys() - there:
            con.execute(f"alter table raw.{table} add column {identifier(name)} {columns[name]}")
