"""Calls an operation of a WSDL with zeep: call.py <wsdl> <port> <operation> <json arguments> [username password digest|text]"""
import json
import sys

from zeep import Client
from zeep.exceptions import Fault
from zeep.wsse.username import UsernameToken

wsdl, port, operation, arguments, *login = sys.argv[1:]
wsse = UsernameToken(login[0], login[1], use_digest=login[2] == "digest") if login else None
client = Client(wsdl, port_name=port, wsse=wsse)
try:
    result = client.service[operation](**json.loads(arguments))
    print(json.dumps({"result": result if isinstance(result, str) or result is None else str(result)}))
except Fault as fault:
    print(json.dumps({"fault": str(fault.code), "text": fault.message}))
