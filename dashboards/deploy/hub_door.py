"""Tells nginx which user of JupyterHub a request comes from: a service that the hub starts (see hub.conf.template)."""

import os
from urllib.parse import urlparse

from jupyterhub.services.auth import HubOAuthCallbackHandler, HubOAuthenticated
from tornado.ioloop import IOLoop
from tornado.web import Application, HTTPError, RequestHandler, authenticated

PREFIX = os.environ["JUPYTERHUB_SERVICE_PREFIX"]


class Who(HubOAuthenticated, RequestHandler):
    """Answers nginx's question before each request: the user's name, or 401."""

    def get(self) -> None:
        user = self.get_current_user()
        if user is None:
            raise HTTPError(401)
        self.set_header("X-User", user["name"])
        self.set_status(204)


class Login(HubOAuthenticated, RequestHandler):
    """Leads through the hub's log-in, and back to the dashboards."""

    @authenticated
    def get(self) -> None:
        self.redirect(PREFIX)


if __name__ == "__main__":
    addresses = [(PREFIX + "who", Who), (PREFIX + "login", Login), (PREFIX + "oauth_callback", HubOAuthCallbackHandler)]
    place = urlparse(os.environ["JUPYTERHUB_SERVICE_URL"])
    Application(addresses, cookie_secret=os.urandom(32)).listen(place.port, place.hostname)
    IOLoop.current().start()
